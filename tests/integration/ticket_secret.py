TICKET_SECRET = "secret-that-orthanc-and-django-share-in-tests"
